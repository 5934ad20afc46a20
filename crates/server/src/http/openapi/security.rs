//! Keys, as the document shows them.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Object, RefOr, Type};

/// How a key is shown.
pub(super) fn scheme() -> RefOr<SecurityScheme> {
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("wl_ and 43 characters of base64url")
        .description(Some(
            "A key, where the server asks for keys. Of the scopes that a call names one is enough; `produce` contains `read`, `operate` \
             contains `produce`, `admin` contains all.",
        ))
        .build();
    SecurityScheme::Http(key).into()
}

/// Says what comes with a 401.
pub(super) fn say_challenge(operation: &mut Operation) {
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("401") {
        let header = HeaderBuilder::new().schema(Some(Object::with_type(Type::String))).description(Some(
            "`Bearer realm=\"windlass\"`, and `error=\"invalid_token\"` where a key was shown.",
        ));
        response.headers.insert("www-authenticate".to_owned(), header.build().into());
    }
}
