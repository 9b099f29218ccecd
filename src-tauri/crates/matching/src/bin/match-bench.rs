use countersign_matching::{
    Weights,
    csv_match::{self, Input},
    learn::{Lesson, learn},
};
use std::fs::File;
use std::io::BufWriter;

fn book(dir: &str) -> csv_match::Book {
    let open = |f: &str| File::open(format!("{dir}/{f}")).expect(f);
    csv_match::read(Input {
        payments: open("left.csv"),
        invoices: open("right.csv"),
        customers: Some(open("customers.csv")),
        stripe_customers: Some(open("stripe_customers.csv")),
        rates: Some(open("rates.csv")),
    })
    .expect("reads")
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args[0].as_str() {
        "match" => {
            let t = std::time::Instant::now();
            let b = book(&args[1]);
            eprintln!("read {:?} bad {}", t.elapsed(), b.bad.len());
            let weights = args.get(4).map_or_else(Weights::built_in, |w| Weights::parse(&std::fs::read_to_string(w).expect("w")).expect("w"));
            let engine = csv_match::run(b,
                weights,
                &mut BufWriter::new(File::create(&args[2]).expect("out")),
                Some(&mut BufWriter::new(File::create(&args[3]).expect("out"))),
            )
            .expect("run");
            std::mem::forget(engine);
            eprintln!("all {:?}", t.elapsed());
        }
        "generate" => {
            use countersign_matching::generate::{Profile, book};
            let profile = Profile::ALL.into_iter().find(|p| p.name() == args[1]).expect("profile");
            let f = book(profile, args[2].parse().expect("n"), args[3].parse().expect("seed"));
            std::fs::create_dir_all(&args[4]).expect("dir");
            for (name, text) in [
                ("left", f.left),
                ("right", f.right),
                ("customers", f.customers),
                ("stripe_customers", f.stripe_customers),
                ("rates", f.rates),
                ("truth", f.truth),
                ("truth_alt", f.truth_alt),
                ("truth_customers", f.truth_customers),
            ] {
                std::fs::write(format!("{}/{name}.csv", args[4]), text).expect("write");
            }
        }
        "learn" => {
            let half = args.iter().position(|a| a == "--").expect("--");
            let read = |dirs: &[String]| -> Vec<Lesson> {
                dirs.iter()
                    .map(|d| {
                        let b = book(d);
                        let truth = csv_match::read_truth(
                            File::open(format!("{d}/truth.csv")).expect("t"),
                            File::open(format!("{d}/truth_customers.csv")).expect("t"),
                        )
                        .expect("t");
                        Lesson { rows: b.rows, rates: b.rates, truth }
                    })
                    .collect()
            };
            let w = learn(&mut read(&args[2..half]), &Weights::built_in());
            let w = countersign_matching::learn::calibrate(&mut read(&args[half + 1..]), &w);
            std::fs::write(&args[1], w.to_json()).expect("write");
        }
        _ => panic!(),
    }
}
