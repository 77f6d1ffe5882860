"""From customers' facts summed up to the rows of their scores, batch by batch, on numpy alone. `steps` leads."""
