"""What somebody would use in the bot's place, each as small as it can be."""
