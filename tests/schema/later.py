"""What of the contract is not built yet, by the issue that brings it: a name leaves this list when it is answered."""

_LATER = {
    "Campaigns": """
        ArmResults CampaignAudience CampaignForecast CampaignResults Effect Mutation.campaignCancel
        Mutation.campaignComplete Mutation.campaignExport Mutation.campaignPause Mutation.campaignResume
        Mutation.campaignSchedule Query.campaignMessage RenderedMessage ResultGroup SuppressionCount
        Campaign.audience Campaign.forecast Campaign.results
    """,
    "Keys and webhooks over GraphQL": """
        ApiKey ApiKeyInput ApiKeyPayload Mutation.apiKeyCreate Mutation.apiKeyRevoke Mutation.webhookCreate
        Mutation.webhookDelete Mutation.webhookDeliveryRetry Mutation.webhookSecretRotate Mutation.webhookTest
        Mutation.webhookUpdate Query.apiKeys Query.webhooks Webhook WebhookDelivery WebhookDeliveryConnection
        WebhookDeliveryEdge WebhookInput WebhookPayload WebhookTestPayload WebhookTopic
    """,
}

LATER = {issue: frozenset(names.split()) for issue, names in _LATER.items()}
