"""What drives the steps: claims due rows, does their steps, sends answers, forgets what is over."""
