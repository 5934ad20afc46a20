//! An expression's tree, changed so that an undefined value is an error wherever it is used.
//!
//! `MiniJinja`'s strict mode sees to operators, lookups and loops. What it lets pass is wrapped here in a filter that refuses undefined values:
//! items of lists and objects, arguments, and what filters and tests look at, `default`, `defined` and `undefined` excepted. An `if` without
//! `else` gives a value that `MiniJinja` never minds; it gets an `else` that is undefined like any other. Filters that look up an attribute
//! pass over items without it; before them a check is put in.

use minijinja::machinery::Span;
use minijinja::machinery::ast::{
    BinOp, BinOpKind, Call, CallArg, Compare, CompareOp, Const, Expr, Filter, GetAttr, GetItem, IfExpr, List,
    Map, Slice, Spanned, Test, Tuple, UnaryOp, UnaryOpKind, Var,
};

/// The filter that refuses undefined values. No expression can name it.
pub(super) const USED: &str = "\0used";
/// The filter that refuses lists of which an item lacks an attribute.
pub(super) const HAS: &str = "\0has";
/// The filter that refuses lists with an undefined item.
pub(super) const WHOLE: &str = "\0whole";
/// A name that nothing has.
const NOTHING: &str = "\0nothing";

/// The same expression, strict.
pub(super) fn strict<'a>(expr: &Expr<'a>) -> Expr<'a> {
    let span = expr.span();
    match expr {
        Expr::Var(var) => variable(var.id, span),
        Expr::Const(constant) => Expr::Const(Spanned::new(Const { value: constant.value.clone() }, span)),
        Expr::Slice(slice) => Expr::Slice(Spanned::new(
            Slice {
                expr: strict(&slice.expr),
                start: slice.start.as_ref().map(strict),
                stop: slice.stop.as_ref().map(strict),
                step: slice.step.as_ref().map(strict),
            },
            span,
        )),
        Expr::UnaryOp(unary) => {
            #[expect(clippy::needless_match, reason = "it can be neither copied nor cloned")]
            let op = match unary.op {
                UnaryOpKind::Not => UnaryOpKind::Not,
                UnaryOpKind::Neg => UnaryOpKind::Neg,
            };
            Expr::UnaryOp(Spanned::new(UnaryOp { op, expr: strict(&unary.expr) }, span))
        }
        Expr::BinOp(binary) => Expr::BinOp(Spanned::new(
            BinOp {
                op: binary.op,
                left: operand(binary.op, &binary.left),
                right: operand(binary.op, &binary.right),
            },
            span,
        )),
        Expr::Compare(compare) => {
            let op = |one: &CompareOp<'a>| CompareOp { op: one.op, expr: used(&one.expr) };
            let ops = compare.ops.iter().map(op).collect();
            Expr::Compare(Spanned::new(Compare { expr: used(&compare.expr), ops }, span))
        }
        Expr::GetAttr(get) => {
            Expr::GetAttr(Spanned::new(GetAttr { expr: strict(&get.expr), name: get.name }, span))
        }
        Expr::GetItem(get) => Expr::GetItem(Spanned::new(
            GetItem { expr: strict(&get.expr), subscript_expr: used(&get.subscript_expr) },
            span,
        )),
        Expr::IfExpr(choice) => either(choice, span),
        Expr::Filter(filter) => filtered(filter, span),
        Expr::Test(test) => tested(test, span),
        Expr::Call(call) => called(call, span),
        Expr::List(list) => Expr::List(Spanned::new(List { items: all_used(&list.items) }, span)),
        Expr::Tuple(tuple) => Expr::Tuple(Spanned::new(Tuple { items: all_used(&tuple.items) }, span)),
        Expr::Map(map) => {
            Expr::Map(Spanned::new(Map { keys: all_used(&map.keys), values: all_used(&map.values) }, span))
        }
    }
}

/// The same expression, an undefined value of which is refused.
fn used<'a>(expr: &Expr<'a>) -> Expr<'a> {
    match expr {
        // These are never undefined.
        Expr::Const(_) | Expr::List(_) | Expr::Tuple(_) | Expr::Map(_) | Expr::Test(_) | Expr::Compare(_) => {
            strict(expr)
        }
        _ => through(USED, strict(expr), Vec::new()),
    }
}

fn all_used<'a>(all: &[Expr<'a>]) -> Vec<Expr<'a>> {
    all.iter().map(used).collect()
}

/// The right side of `and` and `or` is a value that may go on undefined; it is refused where it is used.
fn operand<'a>(op: BinOpKind, expr: &Expr<'a>) -> Expr<'a> {
    match op {
        BinOpKind::ScAnd | BinOpKind::ScOr => strict(expr),
        _ => used(expr),
    }
}

fn either<'a>(choice: &IfExpr<'a>, span: Span) -> Expr<'a> {
    let otherwise = choice.false_expr.as_ref().map_or_else(|| variable(NOTHING, span), strict);
    Expr::IfExpr(Spanned::new(
        IfExpr {
            test_expr: strict(&choice.test_expr),
            true_expr: strict(&choice.true_expr),
            false_expr: Some(otherwise),
        },
        span,
    ))
}

fn filtered<'a>(filter: &Filter<'a>, span: Span) -> Expr<'a> {
    let may_see = matches!(filter.name, "default" | "d");
    let subject = filter.expr.as_ref().map(|subject| if may_see { strict(subject) } else { used(subject) });
    let subject = match (subject, attribute(filter)) {
        (Some(subject), Some(attribute)) => Some(through(HAS, subject, vec![CallArg::Pos(used(attribute))])),
        (subject, _) => subject,
    };
    let args = filter.args.iter().map(argument).collect();
    let expr = Expr::Filter(Spanned::new(Filter { name: filter.name, expr: subject, args }, span));
    // What `map` calls may give an undefined value for an item.
    if filter.name == "map" { through(WHOLE, expr, Vec::new()) } else { expr }
}

/// The attribute that a filter looks up in each item, where it does nothing about items without it.
fn attribute<'f, 'a>(filter: &'f Filter<'a>) -> Option<&'f Expr<'a>> {
    let positional = |index: usize| match filter.args.get(index) {
        Some(CallArg::Pos(expr)) => Some(expr),
        _ => None,
    };
    let named = |name: &str| {
        filter.args.iter().find_map(|arg| match arg {
            CallArg::Kwarg(key, expr) if *key == name => Some(expr),
            _ => None,
        })
    };
    match filter.name {
        "selectattr" | "rejectattr" => {
            let looks = |expr: &Expr<'_>| match expr {
                Expr::Const(test) => matches!(test.value.as_str(), Some("defined" | "undefined")),
                _ => false,
            };
            positional(0).filter(|_| !positional(1).is_some_and(looks))
        }
        "sum" => named("attribute").or_else(|| positional(0)),
        "groupby" => named("attribute").or_else(|| positional(0)).filter(|_| named("default").is_none()),
        "map" => named("attribute").filter(|_| named("default").is_none()),
        "sort" | "min" | "max" | "unique" | "join" => named("attribute"),
        _ => None,
    }
}

fn tested<'a>(test: &Test<'a>, span: Span) -> Expr<'a> {
    let may_see = matches!(test.name, "defined" | "undefined");
    let expr = if may_see { strict(&test.expr) } else { used(&test.expr) };
    let args = test.args.iter().map(argument).collect();
    Expr::Test(Spanned::new(Test { name: test.name, expr, args }, span))
}

/// Only what is called stays as it is: a name, or a method of something.
fn called<'a>(call: &Call<'a>, span: Span) -> Expr<'a> {
    let args = call.args.iter().map(argument).collect();
    Expr::Call(Spanned::new(Call { expr: strict(&call.expr), args }, span))
}

fn argument<'a>(arg: &CallArg<'a>) -> CallArg<'a> {
    match arg {
        CallArg::Pos(expr) => CallArg::Pos(used(expr)),
        CallArg::Kwarg(name, expr) => CallArg::Kwarg(name, used(expr)),
        CallArg::PosSplat(expr) => CallArg::PosSplat(used(expr)),
        CallArg::KwargSplat(expr) => CallArg::KwargSplat(used(expr)),
    }
}

fn variable(id: &str, span: Span) -> Expr<'_> {
    Expr::Var(Spanned::new(Var { id }, span))
}

fn through<'a>(name: &'a str, expr: Expr<'a>, args: Vec<CallArg<'a>>) -> Expr<'a> {
    let span = expr.span();
    Expr::Filter(Spanned::new(Filter { name, expr: Some(expr), args }, span))
}
