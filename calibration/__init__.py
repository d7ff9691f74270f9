"""The model fitted to evidence: the register of figures, targets, priors, the fit and its validation."""
