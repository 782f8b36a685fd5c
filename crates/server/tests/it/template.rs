//! A database after its first start, which most tests begin with a copy of: its migrations and its password take longer
//! than most tests.

use std::ffi::OsString;
use std::path::Path;

use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemEntropy;
use bailiwick_server::config::Config;
use bailiwick_store::{DatabaseUrl, Store};
use tokio::sync::OnceCell;

use crate::app::{FirstKeys, TestApp};

/// The file of the database in its directory.
pub const FILE: &str = "test.db";

/// The files of a database after its first start, and what opens it. The files are in memory, because nothing is dropped
/// at the end of a test's process, and a directory would stay.
pub struct Template {
    files: Vec<(OsString, Vec<u8>)>,
    pub peppers: Peppers,
    pub keys: FirstKeys,
}

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

impl Template {
    /// The one of this process. The first call makes it.
    pub async fn get() -> &'static Self {
        TEMPLATE.get_or_init(Self::make).await
    }

    async fn make() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(directory.path().join(FILE));
        let peppers = Peppers::generate(&SystemEntropy);
        let store = Store::connect(&url, 2).await.unwrap();
        let app = TestApp::on(store, peppers.clone(), &Config::default()).await;
        // With the last connection, everything is in the files themselves.
        app.control.observations().close().await;
        app.control.store().close().await;
        let keys = app.keys.clone();
        let files = std::fs::read_dir(directory.path()).unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name(), std::fs::read(entry.path()).unwrap())
        });
        Self { files: files.collect(), peppers, keys }
    }

    /// Writes the files to a directory.
    pub fn write(&self, to: &Path) {
        for (name, bytes) in &self.files {
            std::fs::write(to.join(name), bytes).unwrap();
        }
    }
}
