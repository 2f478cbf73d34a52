"""A model of the latency between AWS regions: how far apart they are, and how fast light is in fibre.

Route 53 measures real latencies and does not publish them. This model knows only distances: the round trip along the
great circle in glass, which nothing beats, times a factor for real routes. It orders regions as geography does; real
routes may order close ones otherwise. Every use of it is a model, not a measurement.
"""

from __future__ import annotations

import math
from typing import Final

EARTH_RADIUS_KM: Final = 6371.0
"""The mean radius. Source: IUGG, mean radius R1."""

FIBRE_KM_PER_MS: Final = 299.792458 / 1.468
"""The speed of light over the group index of standard single-mode fibre (ITU-T G.652) at 1550 nm, about 1.468."""

ROUTE_FACTOR: Final = 1.5
"""How much longer real routes are than the great circle. An assumption; it changes the numbers and never their
order."""

PLACES: Final = {
    "af-south-1": (-33.92, 18.42),
    "ap-east-1": (22.32, 114.17),
    "ap-east-2": (25.03, 121.57),
    "ap-northeast-1": (35.68, 139.69),
    "ap-northeast-2": (37.57, 126.98),
    "ap-northeast-3": (34.69, 135.50),
    "ap-south-1": (19.08, 72.88),
    "ap-south-2": (17.39, 78.49),
    "ap-southeast-1": (1.35, 103.82),
    "ap-southeast-2": (-33.87, 151.21),
    "ap-southeast-3": (-6.21, 106.85),
    "ap-southeast-4": (-37.81, 144.96),
    "ap-southeast-5": (3.14, 101.69),
    "ap-southeast-6": (-36.85, 174.76),
    "ap-southeast-7": (13.76, 100.50),
    "ca-central-1": (45.50, -73.57),
    "ca-west-1": (51.05, -114.07),
    "cn-north-1": (39.90, 116.41),
    "cn-northwest-1": (37.51, 105.19),
    "eu-central-1": (50.11, 8.68),
    "eu-central-2": (47.37, 8.54),
    "eu-north-1": (59.33, 18.07),
    "eu-south-1": (45.46, 9.19),
    "eu-south-2": (41.65, -0.89),
    "eu-west-1": (53.35, -6.26),
    "eu-west-2": (51.51, -0.13),
    "eu-west-3": (48.86, 2.35),
    "eusc-de-east-1": (52.40, 13.06),
    "il-central-1": (32.09, 34.78),
    "me-central-1": (24.45, 54.38),
    "me-south-1": (26.23, 50.59),
    "mx-central-1": (20.59, -100.39),
    "sa-east-1": (-23.55, -46.63),
    "us-east-1": (39.04, -77.49),
    "us-east-2": (39.96, -83.00),
    "us-gov-east-1": (39.96, -83.00),
    "us-gov-west-1": (45.84, -119.70),
    "us-west-1": (37.35, -121.96),
    "us-west-2": (45.84, -119.70),
}
"""Latitude and longitude in degrees of the city or county that AWS names for each region of the botocore service
model's ResourceRecordSetRegion; the data centres themselves may be some 50 km away."""


def great_circle_km(one: str, other: str) -> float:
    """Return the distance between two regions; raise KeyError for an unknown one."""
    (latitude, longitude), (other_latitude, other_longitude) = PLACES[one], PLACES[other]
    phi, psi = math.radians(latitude), math.radians(other_latitude)
    north, east = math.radians(other_latitude - latitude), math.radians(other_longitude - longitude)
    half_chord = math.sin(north / 2) ** 2 + math.cos(phi) * math.cos(psi) * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half_chord))


def floor_milliseconds(one: str, other: str) -> float:
    """Return the round trip in fibre along the great circle, below which nothing is possible."""
    return 2 * great_circle_km(one, other) / FIBRE_KM_PER_MS


def model_milliseconds(one: str, other: str) -> float:
    """Return the modelled round trip between two regions."""
    return ROUTE_FACTOR * floor_milliseconds(one, other)
