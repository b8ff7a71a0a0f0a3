//! What companies are called. Everything here can be written in Windows-1252, for the CRM file's sake.

use super::random::at;

/// 128 first words.
#[rustfmt::skip]
const FIRST: &[&str] = &[
    "Aurora", "Bärenfels", "Cascade", "Duna", "Élan", "Fjord", "Granit", "Halcyon", "Indigo", "Jura", "Kestrel",
    "Lumen", "Meridian", "Nordlys", "Öresund", "Pinnacle", "Quarry", "Río Claro", "Solstice", "Tindra", "Ultramar",
    "Verdant", "Westbrook", "Yarrow", "Zenith", "Ångström", "Blåfjell", "Cobalt", "Driftwood", "Estuary", "Foxglove",
    "Glacier", "Hazel", "Ironbridge", "Juniper", "Kiefer", "Lark", "Mühlbach", "Northgate", "Oakhurst", "Periwinkle",
    "Quince", "Rowan", "Saffron", "Thistle", "Umbra", "Valderrama", "Willow", "Xylem", "Ypsilon", "Zephyr", "Almond",
    "Birch", "Cinder", "Dorado", "Ember", "Falke", "Garnet", "Heron", "Isar", "Jasper", "Kraken", "Lichen",
    "Marigold", "Nimbus", "Onyx", "Pelican", "Quartz", "Raven", "Señorío", "Talus", "Urd", "Vesper", "Wolfram",
    "Xenia", "Yonder", "Zinnia", "Arroyo", "Basalt", "Crescent", "Dune", "Echo", "Flint", "Gale", "Harbour", "Iris",
    "Jackdaw", "Knoll", "Lupin", "Moraine", "Nectar", "Opal", "Prairie", "Quiver", "Ridge", "Sørvik", "Tidal", "Ulme",
    "Vireo", "Wharf", "Yew", "Zobel", "Ardoise", "Brücken", "Château", "Delta", "Elster", "Fennel", "Grove", "Hollow",
    "Islet", "Jetty", "Kelp", "Lagune", "Mesa", "Noroît", "Osprey", "Pampa", "Quill", "Reef", "Straße 12", "Tundra",
    "Upland", "Vale", "Wren", "Yukon", "Zirkon", "Ärla",
];

/// 90 lines of business.
#[rustfmt::skip]
const SECOND: &[&str] = &[
    "Analytics", "Logistics", "Health", "Robotics", "Software", "Energy", "Foods", "Textiles", "Freight", "Pharma",
    "Optics", "Motors", "Media", "Capital", "Insurance", "Education", "Security", "Biotech", "Mining", "Aerospace",
    "Chemicals", "Networks", "Payments", "Retail", "Tools", "Marine", "Rail", "Timber", "Paper", "Glass", "Ceramics",
    "Packaging", "Travel", "Hotels", "Studios", "Games", "Publishing", "Research", "Diagnostics", "Dental", "Vision",
    "Clinics", "Farms", "Seeds", "Dairy", "Bakery", "Brewing", "Coffee", "Tea Traders", "Water", "Solar", "Wind",
    "Batteries", "Semiconductors", "Sensors", "Lasers", "Drones", "Mapping", "Surveying", "Architects",
    "Construction", "Plumbing", "Elevators", "Furniture", "Lighting", "Interiors", "Apparel", "Footwear", "Sports",
    "Toys", "Music", "Events", "Catering", "Staffing", "Legal", "Advisory", "Audit", "Translations", "Cloud",
    "Hosting", "Telecom", "Satellites", "Couriers", "Parking", "Fleet", "Recycling", "Waste", "Materials", "Steel",
    "Castings",
];

/// 16 legal forms; one says none.
#[rustfmt::skip]
const FORM: &[&str] = &[
    "GmbH", "Inc.", "Ltd", "AG", "SAS", "", "S.A.", "AB", "B.V.", "LLC", "Oy", "A/S", "S.p.A.", "plc",
    "GmbH & Co. KG", "Corp.",
];

/// Where a group has a company for each region.
#[rustfmt::skip]
const REGION: &[&str] = &[
    "", "Nord", "Iberia", "Nordics", "West", "DACH", "Benelux", "Pacific", "Québec", "Midlands", "Île-de-France",
    "Andes", "Great Lakes", "Gulf", "Südtirol", "Baltics", "Highlands", "Cono Sur", "Bay Area", "Wallonie",
    "Côte d'Azur", "Punjab", "Zürich", "Malmö", "São Paulo", "Córdoba", "Oslo", "Lyon", "Austin", "Boston", "Leeds",
    "Cork", "Turin", "Porto", "Graz", "Gent", "Lagos", "Nairobi", "Accra", "Cairo", "Dubai", "Mumbai", "Perth",
    "Osaka", "Seoul", "Taipei", "Quito", "Lima", "Bogotá", "Montréal", "Denver", "Seattle", "Reno", "Tulsa", "Fargo",
    "Omaha", "Boise", "Salem", "Dover", "Albany", "Bergen", "Aarhus", "Turku", "Tampere",
];

/// The trade, in the order of nothing in particular.
#[rustfmt::skip]
pub(crate) const INDUSTRIES: &[&str] = &[
    "Software", "Healthcare", "Financial services", "Retail", "Manufacturing", "Logistics", "Education", "Energy",
    "Media", "Telecommunications", "Hospitality", "Construction", "Agriculture", "Biotechnology", "Public sector",
    "Professional services",
];

#[rustfmt::skip]
pub(crate) const TAGS: &[&str] = &[
    "beta", "expansion", "reference", "pilot", "on-premises", "partner-led", "multi-year", "legacy plan", "VIP",
    "GDPR addendum", "new logo", "price review",
];

/// A name that no other row of the file has, up to 11.8 million rows; beyond that a number tells them apart.
pub(crate) fn company(seed: u64, row: u64) -> String {
    let names = (FIRST.len() * SECOND.len() * FORM.len()) as u64;
    // A walk whose step, here a large prime, has no divisor in common with the number of names meets each of them once.
    let name = ((row % names) * 1_299_709 + (seed % names) * 7_919) % names;
    let (first, rest) = (at(FIRST, name), name / FIRST.len() as u64);
    let (second, rest) = (at(SECOND, rest), rest / SECOND.len() as u64);
    let form = at(FORM, rest);
    let round = row / names;
    let region = at(REGION, round);
    let again = round / REGION.len() as u64;

    let mut text = String::with_capacity(48);
    text.push_str(first);
    for word in [second, region, form] {
        if !word.is_empty() {
            text.push(' ');
            text.push_str(word);
        }
    }
    if again > 0 {
        text.push_str(&format!(" {}", again + 1));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        assert_eq!((FIRST.len(), SECOND.len(), FORM.len()), (128, 90, 16));
        let all: HashSet<String> = (0..400_000).map(|row| company(3, row)).collect();
        assert_eq!(all.len(), 400_000);
    }
}
