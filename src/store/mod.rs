//! How everything is kept: pool, migrations, one module per aggregate. The only place with SQL.
