//! Templates: their versions, how these differ, and a form to run one.

use maud::html;
use windlass_wire::{NewPipeline, Page, Template};

use crate::forms::{PRIORITIES, choice, text_field};
use crate::frame::{About, Frame};
use crate::html::{Html, clean, client, client_or_none, encoded, time};
use crate::rows;
use crate::tables::{next, section, value_of};
use crate::template_form;

/// The list.
pub fn page(frame: &Frame, asked: &[(String, String)], templates: &Page<Template>) -> String {
    let row = |template: &Template| {
        html! {
            tr data-id=(clean(&template.name)) {
                th scope="row" { a href=(frame.path(&format!("/templates/{}", encoded(&template.name)))) { (client(&template.name)) } }
                td class="n" { (template.version) }
                td class="wide" { (client_or_none(template.description.as_deref())) }
                td { (time(template.created_at)) }
                td { (client_or_none(template.created_by.as_deref())) }
            }
        }
    };
    let rows: Vec<Html> = templates.items.iter().map(row).collect();
    let content = html! {
        h1 { "Templates" }
        (section("All", &["Template", "#Version", "Description", "Changed", "By"], &rows, "There is no template yet. Put one with `PUT /v1/templates/{name}` or `windlass template put`."))
        (next(frame, "/templates", asked, templates.next_cursor.as_deref()))
    };
    frame.page(&About::new("Templates", "Templates", "template"), &content)
}

/// What the page of one template shows.
#[derive(Debug)]
pub struct Shown<'a> {
    /// Its newest version.
    pub template: &'a Template,
    /// Its versions, the newest first.
    pub versions: &'a [Template],
    /// Two versions to compare.
    pub compared: Option<(&'a Template, &'a Template)>,
    /// What was typed into its form.
    pub typed: &'a [(String, String)],
    /// What it would make of that.
    pub preview: Option<&'a NewPipeline>,
}

/// One template.
pub fn one(frame: &Frame, shown: &Shown<'_>) -> String {
    let template = shown.template;
    let content = html! {
        div class="head" { h1 { (client(&template.name)) } span class="quiet" { "version " (template.version) } }
        @if let Some(description) = &template.description { p { (client(description)) } }
        @if frame.may("POST /v1/templates/{name}/pipelines") { (run(frame, shown)) }
        @if let Some(preview) = shown.preview {
            section id="preview" { h2 { "Preview" } div class="body" {
                p { "It would make " (preview.jobs.len()) " jobs." }
                (rows::json(&serde_json::to_string(preview).unwrap_or_default(), None))
            } }
        }
        (versions(frame, shown))
        @if let Some((one, other)) = shown.compared { (difference(one, other)) }
        div class="pair" {
            section { h2 { "Parameters" } div class="body" { (rows::json(template.parameters.text(), None)) } }
            section { h2 { "Pipeline" } div class="body" { (rows::json(template.pipeline.text(), None)) } }
        }
        p { a href=(format!("{}?template={}", frame.path("/pipelines"), encoded(&template.name))) { "Pipelines made from it" } }
    };
    frame.page(&About::new(template.name.clone(), "Templates", "template"), &content)
}

fn run(frame: &Frame, shown: &Shown<'_>) -> Html {
    let mut priorities = vec![("", "as the template says")];
    priorities.extend(PRIORITIES);
    html! {
        section {
            h2 { "Run it" }
            form class="stack body" method="post" action=(frame.path(&format!("/templates/{}", encoded(&shown.template.name)))) {
                (frame.forgery_token())
                (template_form::fields(shown.template.parameters.text(), shown.typed))
                details { summary { "More" }
                    (text_field("name", "Name of the pipeline", value_of(shown.typed, "name"), false))
                    (text_field("correlation_id", "Correlation id", value_of(shown.typed, "correlation_id"), false))
                    (choice("priority", "Priority", &priorities, value_of(shown.typed, "priority")))
                }
                div class="acts" {
                    button class="main" name="verb" value="run" { "Run" }
                    @if frame.may("POST /v1/templates/{name}/preview") { button name="verb" value="preview" { "Preview" } }
                }
            }
        }
    }
}

fn versions(frame: &Frame, shown: &Shown<'_>) -> Html {
    let page = frame.path(&format!("/templates/{}", encoded(&shown.template.name)));
    let row = |version: &Template| {
        html! {
            tr data-id=(version.version) {
                td class="n" { (version.version) }
                td { (time(version.created_at)) }
                td { (client_or_none(version.created_by.as_deref())) }
                td { @if version.version > 1 { a href=(format!("{page}?compare={}", version.version)) { "What it changed" } } @else { "the first" } }
            }
        }
    };
    let rows: Vec<Html> = shown.versions.iter().map(row).collect();
    section("Versions", &["#Version", "Made", "By", "Difference"], &rows, "It has no versions.")
}

fn difference(one: &Template, other: &Template) -> Html {
    let text = |template: &Template| {
        let pretty = |text: &str| {
            serde_json::from_str::<serde_json::Value>(text)
                .ok()
                .and_then(|value| serde_json::to_string_pretty(&value).ok())
                .unwrap_or_else(|| text.to_owned())
        };
        format!(
            "parameters\n{}\npipeline\n{}",
            pretty(template.parameters.text()),
            pretty(template.pipeline.text())
        )
    };
    let (before, behind) = (text(one), text(other));
    let lines = compared(&before, &behind);
    html! {
        section id="difference" {
            h2 { "From version " (one.version) " to " (other.version) }
            div class="body" { pre tabindex="0" class="difference" {
                @for (sign, line) in lines { span class=[match sign { '+' => Some("added"), '-' => Some("gone"), _ => None }] { (sign) " " (client(line)) "\n" } }
            } }
        }
    }
}

/// Lines that went and came, around those that two texts begin and end with.
fn compared<'a>(before: &'a str, behind: &'a str) -> Vec<(char, &'a str)> {
    let (one, other): (Vec<&str>, Vec<&str>) = (before.lines().collect(), behind.lines().collect());
    let same = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let most = one.len().min(other.len()) - same;
    let end =
        one.iter().rev().zip(other.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let context = |lines: &[&'a str]| lines.iter().map(|line| (' ', *line)).collect::<Vec<_>>();
    let mut all = context(&one[same.saturating_sub(3)..same]);
    all.extend(one[same..one.len() - end].iter().map(|line| ('-', *line)));
    all.extend(other[same..other.len() - end].iter().map(|line| ('+', *line)));
    all.extend(context(&one[one.len() - end..(one.len() - end + 3).min(one.len())]));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_shown_with_what_is_around_it() {
        assert_eq!(compared("a\nb\nc", "a\nx\nc"), [(' ', "a"), ('-', "b"), ('+', "x"), (' ', "c")]);
        assert_eq!(compared("a", "a\na"), [(' ', "a"), ('+', "a")]);
        assert_eq!(compared("", ""), []);
    }
}
