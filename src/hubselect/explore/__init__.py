"""Questions asked of several plans: what a change is worth.

answers: one plan. conflict: no plan. futures: several futures. plans: several plans.
"""
