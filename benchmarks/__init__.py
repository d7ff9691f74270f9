"""What the model costs: speed against a plain Mesa model, scale, memory, start-up. See README.md
here for figures as measured."""
