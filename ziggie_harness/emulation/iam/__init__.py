"""What a call of an AWS API asks of IAM."""
