"""From a sample to a proposed layout: what the bytes decide is proposed, what they do not decide is asked."""
