//! The table and the JSON: figure, ceiling, ratio, goal, met or not, spread.

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::{Value, json};

use crate::cpu::Shares;
use crate::load::Measured;
use crate::sample::{Sample, count};
use crate::scale::Scale;

/// What a row is to reach.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// The ratio, at least.
    AtLeast(f64),
    /// The ratio, at most.
    RatioAtMost(f64),
    /// The figure, at most.
    AtMost(f64),
    /// The figure, at least.
    FigureAtLeast(f64),
}

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    name: String,
    what: String,
    figure: f64,
    unit: &'static str,
    ceiling: Option<f64>,
    ceiling_is: Option<String>,
    ratio: Option<f64>,
    /// Least and greatest of the rounds, of the ratio where there is one.
    spread: Option<(f64, f64)>,
    goal: Option<Goal>,
    /// Of a run that judges only.
    met: Option<bool>,
    cpu_cores: Option<Shares>,
    /// CPU that each of what the figure counts costs.
    cpu_microseconds: Option<Shares>,
}

impl Row {
    pub(crate) fn new(name: &str, what: impl Into<String>, figure: f64, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            what: what.into(),
            figure,
            unit,
            ceiling: None,
            ceiling_is: None,
            ratio: None,
            spread: None,
            goal: None,
            met: None,
            cpu_cores: None,
            cpu_microseconds: None,
        }
    }

    /// What the figure is set against, in its unit.
    pub(crate) fn against(self, ceiling: f64, is: String) -> Self {
        Self { ceiling: Some(ceiling), ceiling_is: Some(is), ..self }
    }

    pub(crate) fn ratio(self, ratio: f64) -> Self {
        Self { ratio: Some(ratio), ..self }
    }

    /// Ratios round by round; the median is to reach the goal.
    pub(crate) fn ratios(self, ratios: &Sample, goal: Goal) -> Self {
        self.watched(ratios).goal(goal)
    }

    /// Ratios round by round that have no goal.
    pub(crate) fn watched(self, ratios: &Sample) -> Self {
        Self { spread: Some(ratios.spread()), ..self.ratio(ratios.median()) }
    }

    /// Least and greatest figure.
    pub(crate) fn spread(self, figures: &Sample) -> Self {
        Self { spread: Some(figures.spread()), ..self }
    }

    /// Comes after what it judges.
    pub(crate) fn goal(self, goal: Goal) -> Self {
        let ratio = self.ratio.unwrap_or(f64::NAN);
        let met = match goal {
            Goal::AtLeast(least) => ratio >= least,
            Goal::RatioAtMost(most) => ratio <= most,
            Goal::AtMost(most) => self.figure <= most,
            Goal::FigureAtLeast(least) => self.figure >= least,
        };
        Self { goal: Some(goal), met: Some(met), ..self }
    }

    /// Whose CPU it was, the mean of all rounds.
    pub(crate) fn cpu(self, rounds: &[Measured]) -> Self {
        let shares = Shares::mean(rounds.iter().map(|round| &round.shares));
        let rate = rounds.iter().map(|round| round.rate).sum::<f64>() / count(rounds.len());
        Self { cpu_cores: Some(shares), cpu_microseconds: Some(shares.times(1_000_000.0 / rate)), ..self }
    }

    /// Without a verdict, where figures mean nothing.
    pub(crate) fn unjudged(self) -> Self {
        Self { met: None, ..self }
    }

    /// All of it in one line.
    pub(crate) fn line(&self) -> String {
        let cells = self.cells();
        let cpu = if cells[8].is_empty() {
            String::new()
        } else {
            format!("; CPU % {}, µs each {}", cells[8], cells[9])
        };
        let ratio = if cells[4].is_empty() { String::new() } else { format!(", ratio {}", cells[4]) };
        format!("{} ({}): {}{ratio}{cpu}", cells[0], cells[1], cells[2])
    }

    fn cells(&self) -> [String; 10] {
        let or_empty = |text: Option<String>| text.unwrap_or_default();
        let ceiling = self.ceiling.map(|ceiling| {
            format!("{} ({})", number(ceiling), self.ceiling_is.as_deref().unwrap_or_default())
        });
        let spread = self.spread.map(|(low, high)| format!("{}–{}", number(low), number(high)));
        let thirds = |cpu: Shares| {
            format!("{} / {} / {}", number(cpu.generator), number(cpu.server), number(cpu.postgres))
        };
        [
            self.name.clone(),
            self.what.clone(),
            format!("{} {}", number(self.figure), self.unit),
            or_empty(ceiling),
            or_empty(self.ratio.map(number)),
            or_empty(self.goal.map(|goal| goal.describe(self.unit))),
            or_empty(self.met.map(|met| if met { "yes" } else { "no" }.to_owned())),
            or_empty(spread),
            or_empty(self.cpu_cores.map(|cpu| thirds(cpu.times(100.0)))),
            or_empty(self.cpu_microseconds.map(thirds)),
        ]
    }
}

impl Goal {
    fn describe(self, unit: &str) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {}", number(least)),
            Self::RatioAtMost(most) => format!("≤ {}", number(most)),
            Self::AtMost(most) => format!("≤ {} {unit}", number(most)),
            Self::FigureAtLeast(least) => format!("≥ {} {unit}", number(least)),
        }
    }
}

/// For people; in Markdown, so that it can go into BENCHMARKS.md as it is.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    let head = [
        "name",
        "what",
        "figure",
        "ceiling",
        "ratio",
        "goal",
        "met",
        "spread",
        "CPU %: load / server / Postgres",
        "CPU µs each",
    ];
    table.set_header(head);
    for row in rows {
        table.add_row(row.cells());
    }
    table.trim_fmt()
}

/// For programs.
pub(crate) fn document(scale: &Scale, host: &Value, rows: &[Row]) -> Value {
    json!({"scale": scale.name, "judged": scale.judges(), "host": host, "rows": rows})
}

/// Goals met, and goals there are.
pub(crate) fn verdict(rows: &[Row]) -> (usize, usize) {
    let judged: Vec<bool> = rows.iter().filter_map(|row| row.met).collect();
    (judged.iter().filter(|met| **met).count(), judged.len())
}

/// As many digits as say something, with thousands apart.
fn number(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_owned();
    }
    let decimals = match number.abs() {
        below if below < 10.0 => 2,
        below if below < 100.0 => 1,
        _ => 0,
    };
    if decimals > 0 {
        let text = format!("{number:.decimals$}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 && digit.is_ascii_digit() {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_the_digits_that_count() {
        for (value, text) in [
            (0.0, "0"),
            (2.0, "2"),
            (1.234, "1.23"),
            (12.54, "12.5"),
            (999.6, "1,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_goal_is_met_by_the_median_ratio_or_by_the_figure() {
        let ratios: Sample = [1.0, 2.0, 3.0].into_iter().collect();
        let met = |goal| Row::new("a", "b", 5.0, "ms").ratios(&ratios, goal).met;
        assert_eq!(met(Goal::AtLeast(2.0)), Some(true));
        assert_eq!(met(Goal::AtLeast(2.1)), Some(false));
        assert_eq!(met(Goal::RatioAtMost(1.9)), Some(false));
        assert_eq!(met(Goal::AtMost(5.0)), Some(true));
        assert_eq!(met(Goal::FigureAtLeast(5.0)), Some(true));
        assert_eq!(met(Goal::FigureAtLeast(5.1)), Some(false));
    }

    #[test]
    fn a_row_without_the_ratio_that_its_goal_needs_has_not_met_it() {
        assert_eq!(Row::new("a", "b", 5.0, "ms").goal(Goal::AtLeast(1.0)).met, Some(false));
    }
}
