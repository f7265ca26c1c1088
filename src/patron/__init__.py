"""Patron: on whom, with what, when, and did it really pay?"""
