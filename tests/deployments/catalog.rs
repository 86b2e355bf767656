use tower_genai::catalog::{Catalog, Deployment, Provider, Snapshot};

fn wrong(provider: &str) -> String {
    let toml = format!(
        "[[provider]]\nname = \"p\"\ndialect = \"openai\"\nbase_url = \"http://p.example/v1\"\n{provider}"
    );
    Catalog::from_toml(&toml).unwrap_err().to_string()
}

#[test]
fn what_a_deployment_does_not_say_is_as_its_provider_says() {
    let provider = Provider::builder("p", "openai", "https://p.example/v1")
        .api_key_env("P_KEY")
        .query("api-version=1")
        .zone("private")
        .deployment(Deployment::new("east").base_url("https://east.example/v1"))
        .deployment(
            Deployment::new("west")
                .api_key_env("WEST_KEY")
                .query("api-version=2"),
        );
    let snapshot = Snapshot::builder().provider(provider).build().unwrap();
    let [east, west] = snapshot.provider("p").unwrap().deployments() else {
        panic!("two deployments");
    };
    assert_eq!(east.name(), "p/east");
    assert_eq!(east.base_url(), "https://east.example/v1");
    assert_eq!(east.api_key_env(), Some("P_KEY"));
    assert_eq!(east.zone(), "private");
    assert_eq!(west.base_url(), "https://p.example/v1");
    assert_eq!(west.api_key_env(), Some("WEST_KEY"));
    assert_eq!(west.query(), Some("api-version=2"));
}

#[test]
fn what_is_wrong_with_a_deployment_is_named() {
    let twice = wrong("deployment = [{ name = \"a\" }, { name = \"a\" }]");
    assert!(twice.contains("two entries of the same name"), "{twice}");
    let slash = wrong("deployment = [{ name = \"a/b\" }]");
    assert!(slash.contains("letters, digits"), "{slash}");
    let address = wrong("deployment = [{ name = \"a\", base_url = \"ftp://x\" }]");
    assert!(address.contains("deployment.a.base_url"), "{address}");
    let key = wrong("deployment = [{ name = \"a\", api_key = \"sk-secret\" }]");
    assert!(key.contains("keys never stand in the file"), "{key}");
    assert!(!key.contains("sk-secret"), "{key}");
    let unknown = wrong("deployment = [{ name = \"a\", zone = \"device\" }]");
    assert!(unknown.contains("unknown key"), "{unknown}");
    let nameless = wrong("deployment = [{ base_url = \"http://x.example\" }]");
    assert!(nameless.contains("name"), "{nameless}");
}
