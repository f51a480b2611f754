//! Runs a program that finds a PostgreSQL and a Redis server of its own in `DATABASE_URL` and `REDIS_URL`. They end with it.

use std::env;
use std::io::stdin;
use std::process::ExitCode;
use std::thread;

use server_tests::{Postgres, Redis, Server};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

// The servers end with the thread that started them.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (mut database, mut redis) = (Postgres::new().await, Redis::new());
    // Ctrl-C reaches the program by itself.
    let mut interrupt = signal(SignalKind::interrupt()).expect("a handler");
    let mut terminate = signal(SignalKind::terminate()).expect("a handler");
    let mut arguments = env::args_os().skip(1);
    let mut program = Command::new(arguments.next().expect("a program"))
        .args(arguments)
        .env("DATABASE_URL", database.url())
        .env("REDIS_URL", redis.url())
        .spawn()
        .expect("a program that starts");
    println!("Type `database` or `redis` to kill that server, and once more to start it again. Ctrl-C ends all.");
    let (mut has_database, mut has_redis) = (true, true);
    let mut lines = lines();
    loop {
        tokio::select! {
            status = program.wait() => {
                let code = status.expect("a child").code().and_then(|code| u8::try_from(code).ok());
                return code.map_or(ExitCode::FAILURE, ExitCode::from);
            }
            Some(line) = lines.recv() => match line.trim() {
                "database" => toggle(&mut database, &mut has_database),
                "redis" => toggle(&mut redis, &mut has_redis),
                _ => println!("`database`, `redis` or Ctrl-C"),
            },
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {
                let id = program.id().expect("a program that runs").to_string();
                Command::new("kill").args(["-TERM", &id]).status().await.expect("kill");
            }
        }
    }
}

fn toggle(server: &mut impl Server, is_running: &mut bool) {
    if *is_running {
        server.kill();
    } else {
        server.start();
    }
    *is_running = !*is_running;
    println!("{}", if *is_running { "started" } else { "killed" });
}

/// What is typed, from a thread that nothing waits for.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::spawn(move || stdin().lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    receiver
}
