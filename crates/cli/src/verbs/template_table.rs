//! Tables of templates, for people.

use windlass_sdk::wire::{Json, Template};

use super::details::pairs;
use super::grid::{self, Grid};
use super::screen::Screen;

/// Templates, a row each.
pub(super) fn templates(screen: &Screen, templates: &[Template]) -> String {
    let mut grid = Grid::new(screen, &["NAME", "VERSION", "CREATED", "BY", "DESCRIPTION"], &["BY"]);
    for template in templates {
        grid.row([
            grid::text(&template.name),
            grid::word(template.version.to_string()),
            grid::word(screen.time(Some(template.created_at))),
            grid::text(template.created_by.clone().unwrap_or_default()),
            grid::text(template.description.clone().unwrap_or_default()),
        ]);
    }
    grid.text()
}

/// One template, its texts as indented JSON.
pub(super) fn template(screen: &Screen, template: &Template) -> serde_json::Result<String> {
    let head = pairs(
        screen,
        &[
            ("name", template.name.clone()),
            ("version", template.version.to_string()),
            ("description", template.description.clone().unwrap_or_default()),
            ("created", screen.both(Some(template.created_at))),
            ("by", template.created_by.clone().unwrap_or_default()),
        ],
    );
    let indented = |json: &Json| serde_json::to_string_pretty(&json.parse::<serde_json::Value>()?);
    let (parameters, pipeline) = (indented(&template.parameters)?, indented(&template.pipeline)?);
    Ok(format!("{head}\n\nparameters {parameters}\n\npipeline {pipeline}"))
}
