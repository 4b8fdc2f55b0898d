"""What each planted case must end in, judged from the product's answers and the twins' ground truth. Pure."""
