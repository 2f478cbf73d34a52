"""EC2 Auto Scaling, as far as a plan that scales up on the day needs it: its groups, and what it refuses."""
