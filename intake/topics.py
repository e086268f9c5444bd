"""The form's topics: words people know, not names of agencies. The chosen words are the letter's subject.

They help the rules and bind nobody: a letter goes where its text belongs. `OTHER` stands for no topic at all.
"""

from __future__ import annotations

OTHER = "other"
FIELDS = ("reply", "share_email")
"""What else a form says of itself: the way of the answer, and whether the address may be shared."""

TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Driving, roads and safety",
        (
            "Driver's license or vehicle registration",
            "State roads, bridges, buses or trains",
            "State police, accident reports or gun permits",
        ),
    ),
    (
        "Work, taxes and money",
        (
            "Unemployment, wages or paid leave",
            "State taxes",
            "Unclaimed money or property",
            "State jobs or state contracts",
            "State employee pay or retirement",
        ),
    ),
    (
        "Family and support",
        (
            "Food, cash or medical assistance",
            "Child support",
            "Child safety or foster care",
            "Aging or disability services",
            "Developmental disabilities",
            "Housing or rent",
            "Veterans",
        ),
    ),
    (
        "Health",
        (
            "Birth, death or marriage certificates",
            "Public health, hospitals, food or water safety",
            "Mental health or addiction",
        ),
    ),
    (
        "Bills, purchases and complaints",
        (
            "Electric, gas, water or phone bill",
            "Insurance company or insurance claim",
            "Bank, mortgage or debt collector",
            "Contractor, store or product complaint",
            "Fraud, scam or data breach",
        ),
    ),
    (
        "Schools, nature and culture",
        (
            "Schools or teachers",
            "Environment, parks, hunting or fishing",
            "Farms, animals or pets",
            "State library, archives or history",
        ),
    ),
    (
        "Rights and government",
        (
            "Voting or elections",
            "Registering a business or a notary",
            "Discrimination",
            "Prison or someone in prison",
        ),
    ),
)
