"""What an endpoint says of itself: its OpenAPI document and the ad-hoc schema of one entity. Reads only."""
