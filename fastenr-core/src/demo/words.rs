//! What companies and people are called.

#[rustfmt::skip]
pub(super) const FIRST: [&str; 60] = [
    "Alder", "Anchor", "Apex", "Arbor", "Atlas", "Beacon", "Bluewater", "Bright", "Canyon", "Cedar", "Clover", "Compass",
    "Copper", "Coral", "Crestview", "Drift", "Eastgate", "Elm", "Evergreen", "Falcon", "Fern", "Firefly", "Foundry",
    "Granite", "Greenfield", "Harvest", "Hilltop", "Horizon", "Ironwood", "Keystone", "Lakeside", "Lantern", "Laurel",
    "Lighthouse", "Maple", "Meadow", "Midtown", "Milestone", "Mosaic", "Mountain", "Northstar", "Oasis", "Orchard",
    "Outpost", "Pathway", "Pebble", "Pioneer", "Riverbend", "Sandstone", "Sierra", "Silver", "Skyline", "Springwell",
    "Stonebridge", "Summit", "Sunrise", "Trellis", "Vantage", "Windmill", "Yellowtail",
];

/// The second word, and the industry that it speaks of.
#[rustfmt::skip]
pub(super) const SECOND: [(&str, &str); 30] = [
    ("Analytics", "Software"), ("Software", "Software"), ("Systems", "Software"), ("Cloud", "Software"),
    ("Health", "Healthcare"), ("Clinics", "Healthcare"), ("Dental", "Healthcare"), ("Diagnostics", "Healthcare"),
    ("Capital", "Financial services"), ("Insurance", "Financial services"), ("Payments", "Financial services"),
    ("Foods", "Retail"), ("Outfitters", "Retail"), ("Markets", "Retail"), ("Furniture", "Retail"),
    ("Robotics", "Manufacturing"), ("Tools", "Manufacturing"), ("Packaging", "Manufacturing"), ("Motors", "Manufacturing"),
    ("Logistics", "Logistics"), ("Freight", "Logistics"), ("Couriers", "Logistics"),
    ("Academy", "Education"), ("Learning", "Education"), ("Energy", "Energy"), ("Solar", "Energy"),
    ("Media", "Media"), ("Studios", "Media"), ("Hotels", "Hospitality"), ("Travel", "Hospitality"),
];

#[rustfmt::skip]
pub(super) const GIVEN: [&str; 40] = [
    "Ada", "Ahmed", "Amara", "Ana", "Ben", "Bianca", "Carlos", "Chen", "Clara", "Daniel", "Elena", "Emil", "Farah",
    "Felix", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jonas", "Julia", "Kofi", "Lara", "Leo", "Lina", "Marco", "Maya",
    "Mei", "Nadia", "Noah", "Olga", "Omar", "Paula", "Priya", "Rosa", "Samir", "Sofia", "Tom", "Vera", "Yuki",
];

#[rustfmt::skip]
pub(super) const FAMILY: [&str; 40] = [
    "Adler", "Andersen", "Bauer", "Becker", "Brown", "Castro", "Costa", "Diaz", "Dubois", "Eriksen", "Fischer", "Garcia",
    "Haddad", "Hansen", "Ito", "Jensen", "Khan", "Kim", "Kowalski", "Larsen", "Lopez", "Martin", "Mensah", "Meyer",
    "Moreau", "Nguyen", "Novak", "Okafor", "Patel", "Petrov", "Quinn", "Rossi", "Sato", "Schmidt", "Silva", "Singh",
    "Tanaka", "Weber", "Wilson", "Zhang",
];

/// Who looks after the customers: the head, then the customer success managers.
pub(super) const TEAM: [(&str, &str); 7] = [
    ("Robin Vale", "robin.vale"),
    ("Ada Lund", "ada.lund"),
    ("Bruno Reis", "bruno.reis"),
    ("Carla Moss", "carla.moss"),
    ("Deniz Aydin", "deniz.aydin"),
    ("Ella Park", "ella.park"),
    ("Finn Harper", "finn.harper"),
];

/// The domain of the organization itself.
pub(super) const OWN_DOMAIN: &str = "northwind.example";
