//! Lies about every story of the demo: what its desk published, falsified in every way, is caught.

use crate::config::Config;
use crate::demo::{Demo, configuration};
use crate::store::Store;
use crate::write::verify::mutation::{Dice, Goods, Table};

async fn stories(config: &Config, store: &Store) -> Vec<Goods> {
    let mut all = Vec::new();
    for topic in &config.topics {
        for line in store.stories_of_topic(&topic.slug, 1_000).await.unwrap() {
            for row in store.story_by_code(&line.story.code).await.unwrap() {
                let brief = store.brief_with_texts(store, &row.brief).await.unwrap().unwrap();
                all.push(Goods::of(&row.story.body, brief));
            }
        }
    }
    all
}

#[tokio::test]
async fn lies_about_every_story_of_the_demo_are_caught() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = Store::open(&format!("sqlite://{}", folder.path().join("demo.db").display())).await.unwrap();
    let config = configuration(folder.path(), 1).unwrap();
    let mut demo = Demo::new(&config, store.clone());
    while demo.next().await.unwrap().is_some() {}
    let (mut table, mut dice) = (Table::default(), Dice(20_310_317));
    let stories = stories(&config, &store).await;
    for goods in &stories {
        table.run(goods, 1, &mut dice);
    }
    println!("{}", table.shown(&format!("{} stories of the demo", stories.len())));
    assert!(table.made() >= 2_000, "{}", table.made());
    table.holds();
}
