"""Questions put to the model: comparisons, sweeps, sensitivity, and what people read of them."""
