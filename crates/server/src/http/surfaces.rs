//! The surfaces that there are.

use super::surface::Surface;
use super::v1;

/// Every surface.
pub(super) static SURFACES: [Surface; 1] = [v1::SURFACE];

/// The surface of a path or a route; `None`: it is shared by all, or unknown.
pub(super) fn of(path: &str) -> Option<&'static Surface> {
    SURFACES.iter().find(|surface| surface.below(path).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_of_the_surface_whose_base_it_lies_below() {
        for path in ["/v1/", "/v1/tasks", "/v1/tasks/{id}"] {
            assert_eq!(of(path).map(|surface| surface.base), Some("/v1"), "{path}");
        }
        for path in ["/v1", "/v10/tasks", "/docs/v1/", "/healthz", "/", ""] {
            assert!(of(path).is_none(), "{path}");
        }
    }
}
