//! A plan as Postgres explains it in JSON, and what may not be in it.

use serde_json::Value;

/// Tables that grow with what is stored, by the beginning of their names: partitions carry their table's.
const LARGE: [&str; 19] = [
    "tasks",
    "task_",
    "jobs",
    "job_specs",
    "edges",
    "pipelines",
    "pipeline_",
    "leases",
    "attempts",
    "events",
    "idempotency_keys",
    "dequeue_keys",
    "workers",
    "worker_types",
    "asked_types",
    "bulk_claims",
    "queue_counts",
    "webhook_deliveries",
    "webhook_bodies",
];

pub(crate) struct Plan {
    kind: String,
    relation: Option<String>,
    index: Option<String>,
    conditioned: bool,
    /// Rows returned and rows thrown away, over all its runs; 0 when it was not run.
    rows: f64,
    /// A plan of its own that this one asks: a CTE, or a sub-select.
    apart: bool,
    below: Vec<Plan>,
}

impl Plan {
    pub(super) fn of(node: &Value) -> Self {
        let text = |name: &str| node[name].as_str().map(str::to_owned);
        let number = |name: &str| node[name].as_f64().unwrap_or(0.0);
        let thrown = number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
        let below =
            node["Plans"].as_array().map_or_else(Vec::new, |plans| plans.iter().map(Self::of).collect());
        Self {
            kind: text("Node Type").expect("every node has a type"),
            relation: text("Relation Name"),
            index: text("Index Name"),
            apart: matches!(node["Parent Relationship"].as_str(), Some("InitPlan" | "SubPlan")),
            conditioned: node.get("Index Cond").is_some(),
            rows: (number("Actual Rows") + thrown) * number("Actual Loops"),
            below,
        }
    }

    /// Scans of whole tables or indexes. A walk along an index that a limit ends is none.
    pub(super) fn walks(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.visit(false, &mut |plan, limited| {
            if plan.is_large() && plan.is_whole_scan() && !(limited && plan.index.is_some()) {
                let index = plan.index.as_deref().unwrap_or("no index");
                found.push(format!(
                    "{} of {} by {index}",
                    plan.kind,
                    plan.relation.as_deref().unwrap_or("?")
                ));
            }
        });
        found
    }

    /// Sorts with waiting tasks or dispatchable jobs below them that no limit cuts off first.
    pub(super) fn sorts_of_what_waits(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.visit(false, &mut |plan, _| {
            if plan.kind.ends_with("Sort") && plan.below.iter().any(Self::yields_what_waits) {
                found.push("a sort over what waits".to_owned());
            }
        });
        found
    }

    /// The rows that scans touched.
    pub(crate) fn touched(&self) -> f64 {
        let mut rows = 0.0;
        self.visit(false, &mut |plan, _| {
            if plan.relation.is_some() && plan.kind.contains("Scan") {
                rows += plan.rows;
            }
        });
        rows
    }

    fn visit(&self, limited: bool, see: &mut impl FnMut(&Self, bool)) {
        see(self, limited);
        let limited = match self.kind.as_str() {
            "Limit" => true,
            "Sort" | "Aggregate" | "Hash" | "Unique" => false,
            _ => limited,
        };
        for plan in &self.below {
            plan.visit(limited, see);
        }
    }

    fn is_large(&self) -> bool {
        self.relation.as_deref().is_some_and(|name| LARGE.iter().any(|large| name.starts_with(large)))
    }

    fn is_whole_scan(&self) -> bool {
        self.kind == "Seq Scan" || self.kind.contains("Index") && !self.conditioned
    }

    fn yields_what_waits(&self) -> bool {
        if self.apart || self.kind == "Limit" {
            return false;
        }
        let waits = ["tasks_waiting", "jobs_line", "tasks_scheduled"];
        self.index.as_deref().is_some_and(|index| waits.contains(&index))
            || self.below.iter().any(Self::yields_what_waits)
    }
}
