//! Routes of a project.

use clap::Subcommand;
use croft_model::{Invalid, host::Hostname, id::RouteId, name::FunctionName, route::RoutePattern};
use croft_sdk::{
    functions::NewRoute,
    routes::{FunctionRoute, MatchRoute, RouteCheck, RouteMatch},
};

use super::{find::PageArgs, project::InProject};
use crate::{context::Context, failure::Failure};

/// `croft route ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Routes {
    /// List routes, by path
    List {
        #[command(flatten)]
        project: InProject,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Lead a route to a function, besides those it has
    Add {
        /// Like 'GET /hello/:name', or for some hosts only, 'GET shop.example.com/files/*rest'
        #[arg(value_name = "METHOD PATH", value_parser = parse)]
        route: NewRoute,
        /// The function's name
        #[arg(long, value_name = "NAME")]
        function: FunctionName,
        #[command(flatten)]
        project: InProject,
    },
    /// Remove a route
    Remove {
        /// Its id; see: croft route list
        id: RouteId,
        #[command(flatten)]
        project: InProject,
    },
    /// Say whether a route could be, and what it would share requests with
    Check {
        /// Like 'GET /hello/:name'
        #[arg(value_name = "METHOD PATH", value_parser = parse)]
        route: NewRoute,
        #[command(flatten)]
        project: InProject,
    },
    /// Say which route would take a request
    Match {
        /// Like 'GET /hello/ada', or on a certain host, 'GET shop.example.com/hello/ada'
        #[arg(value_name = "METHOD PATH", value_parser = request)]
        request: MatchRoute,
        #[command(flatten)]
        project: InProject,
    },
    /// Say which route would take a request, and what is tried on the way there
    Explain {
        /// Like 'GET /hello/ada', or on a certain host, 'GET shop.example.com/hello/ada'
        #[arg(value_name = "METHOD PATH", value_parser = request)]
        request: MatchRoute,
        #[command(flatten)]
        project: InProject,
    },
}

/// A route as people write it.
pub(crate) fn parse(text: &str) -> Result<NewRoute, Invalid> {
    let RoutePattern { method, host, path } = text.parse()?;
    Ok(NewRoute { method, host, path })
}

fn request(text: &str) -> Result<MatchRoute, Invalid> {
    let wrong = || Invalid::new("request", "a method and a path, like 'GET /hello/ada'");
    let (method, place) = text.trim().split_once(char::is_whitespace).ok_or_else(wrong)?;
    let place = place.trim();
    let (host, path) = place.split_at(place.find('/').ok_or_else(wrong)?);
    let host = (!host.is_empty()).then(|| host.parse::<Hostname>()).transpose()?;
    Ok(MatchRoute { method: method.to_owned(), host, path: path.to_owned() })
}

/// Runs `croft route ...`.
pub(crate) async fn run(context: &Context, command: Routes) -> Result<(), Failure> {
    let client = context.client()?;
    let out = context.out;
    match command {
        Routes::List { project, page } => {
            out.list(&client.routes(&context.project(project.project)?, &page.into()).await?)
        }
        Routes::Add { route, function, project } => {
            let project = context.project(project.project)?;
            out.one(&client.add_route(&project, &function, &route).await?)
        }
        Routes::Remove { id, project } => {
            client.remove_route(&context.project(project.project)?, id).await?;
            out.say("The route is removed.");
            Ok(())
        }
        Routes::Check { route, project } => {
            let check = client.check_route(&context.project(project.project)?, &route).await?;
            told(context, &check)
        }
        Routes::Match { request, project } => {
            out.one(&client.match_route(&context.project(project.project)?, &request).await?)
        }
        Routes::Explain { request, project } => {
            let led = client.explain_route(&context.project(project.project)?, &request).await?;
            explained(context, &led)
        }
    }
}

/// What was found of a route; a failure when it cannot be.
fn told(context: &Context, check: &RouteCheck) -> Result<(), Failure> {
    let out = context.out;
    if out.is_json() {
        out.json(check)?;
    } else {
        for overlap in &check.overlaps {
            let FunctionRoute { method, host, path, function, .. } = &overlap.route;
            let host = host.as_ref().map(ToString::to_string).unwrap_or_default();
            let who = if overlap.wins { "goes on to answer" } else { "leaves it" };
            out.text(&format!(
                "{method} {host}{path} ({function}) {who} the requests both could.\n"
            ))?;
        }
        if let Some(pending) = &check.pending {
            out.text(&format!("It leads nowhere until the domain {pending} is proven.\n"))?;
        }
    }
    match check.problems.first() {
        Some(problem) => Err(Failure::usage(problem.message.clone())),
        None => {
            out.say("The route can be.");
            Ok(())
        }
    }
}

fn explained(context: &Context, led: &RouteMatch) -> Result<(), Failure> {
    let out = context.out;
    if out.is_json() {
        return out.json(led);
    }
    let mut said = led.steps.join("\n");
    if !said.is_empty() {
        said.push('\n');
    }
    out.text(&format!("{said}{}\n", led.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_and_requests_are_read_as_people_write_them() {
        let read = parse("get /hello/:name").unwrap();
        assert_eq!((read.method.to_string().as_str(), read.path.as_str()), ("GET", "/hello/:name"));
        for bad in ["/hello", "GET", "FETCH /x", "GET x"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        let read = request("brew Shop.example.com/a%20b").unwrap();
        assert_eq!((read.method.as_str(), read.path.as_str()), ("brew", "/a%20b"));
        assert_eq!(read.host.unwrap().as_str(), "shop.example.com");
        assert!(request("GET /x").unwrap().host.is_none());
        for bad in ["/hello", "GET", "GET x", "GET a_b.test/x"] {
            assert!(request(bad).is_err(), "{bad}");
        }
    }
}
