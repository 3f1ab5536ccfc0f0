"""Random data sets, their likelihood by other means, and what popmix makes of them."""
