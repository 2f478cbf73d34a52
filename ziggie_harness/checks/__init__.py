"""Checks: pure, total functions from a history and an expectation to a judgement, one public class per module."""
