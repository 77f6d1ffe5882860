"""What of the contract is not built yet, by the issue that brings it: a name leaves this list when it is answered."""

_LATER = {
    "Campaigns": """
        CustomerFilter.contacts Segment.campaigns
        Arm ArmResults Campaign CampaignAudience CampaignConnection CampaignContact CampaignEdge
        CampaignForecast CampaignInput CampaignPayload CampaignProgress CampaignResults
        CampaignStatus CampaignStep CampaignStepInput CampaignVariant CampaignVariantInput ContactConnection
        ContactEdge ContactFilter ContactHistoryFilter ContactInput ContactStatus Effect Acquisition.campaign
        Customer.contacts Mutation.campaignCancel Mutation.campaignComplete Mutation.campaignCopy
        Mutation.campaignCreate Mutation.campaignExport Mutation.campaignPause Mutation.campaignResume
        Mutation.campaignSchedule Mutation.campaignUpdate Mutation.contactsRecord Order.campaign Query.campaign
        Query.campaignMessage Query.campaigns Touchpoint.campaign Touchpoint.contact
        MessageTemplate MessageTemplateInput Offer OfferInput RenderedMessage ResponseDefinition
        ResponseDefinitionInput ResponseKind ResultGroup SuppressionCount SuppressionReason
    """,
    "Keys and webhooks over GraphQL": """
        ApiKey ApiKeyInput ApiKeyPayload Mutation.apiKeyCreate Mutation.apiKeyRevoke Mutation.webhookCreate
        Mutation.webhookDelete Mutation.webhookDeliveryRetry Mutation.webhookSecretRotate Mutation.webhookTest
        Mutation.webhookUpdate Query.apiKeys Query.webhooks Webhook WebhookDelivery WebhookDeliveryConnection
        WebhookDeliveryEdge WebhookInput WebhookPayload WebhookTestPayload WebhookTopic
    """,
}

LATER = {issue: frozenset(names.split()) for issue, names in _LATER.items()}
