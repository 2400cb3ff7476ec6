"""How Slack reaches the app: payloads, the two transports, three-second acks, retries."""
