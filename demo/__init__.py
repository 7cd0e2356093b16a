"""Made-up agencies and people, made through the real actions."""
