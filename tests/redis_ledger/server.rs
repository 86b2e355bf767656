use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tokio::{net::TcpStream, time::sleep};

/// A Redis server of one test, with its own directory; ends with it.
pub(crate) struct Server {
    child: Option<Child>,
    pub(crate) port: u16,
    directory: PathBuf,
    arguments: Vec<String>,
}

/// Whether there is a server to start. Where `CI` is set there must be.
pub(crate) fn installed() -> bool {
    let found = Command::new("redis-server").arg("--version").output();
    let found = found.is_ok_and(|output| output.status.success());
    assert!(
        found || std::env::var_os("CI").is_none(),
        "these tests need redis-server: apt-get install redis-server"
    );
    if !found {
        println!("left out: no redis-server here; apt-get install redis-server");
    }
    found
}

impl Server {
    pub(crate) async fn start() -> Option<Self> {
        Self::start_with(&["--save", "", "--appendonly", "no"]).await
    }

    pub(crate) async fn start_with(arguments: &[&str]) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        if !installed() {
            return None;
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tower-genai-redis-{}-{count}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        for _ in 0..5 {
            let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let mut server = Self {
                child: None,
                port,
                directory: directory.clone(),
                arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
            };
            if server.run().await {
                return Some(server);
            }
        }
        panic!("redis-server does not start");
    }

    /// Starts it, again with what it has on its disk; false where it does not start.
    pub(crate) async fn run(&mut self) -> bool {
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string()])
            .args(["--bind", "127.0.0.1", "--dir"])
            .arg(&self.directory)
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return true;
            }
            let child = self.child.as_mut().unwrap();
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            sleep(Duration::from_millis(5)).await;
        }
        false
    }

    /// Ends it at once, as a lost machine does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(crate) fn dump(&self) -> PathBuf {
        self.directory.join("dump.rdb")
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// One command by a connection of its own.
    pub(crate) async fn ask(&self, words: &[&str]) -> redis::Value {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::cmd(words[0]);
        for word in &words[1..] {
            command.arg(*word);
        }
        command.query_async(&mut connection).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
