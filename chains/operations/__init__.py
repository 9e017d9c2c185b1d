"""What operators can do with chains, actions and transactions: one module for each kind, registered in `AppConfig.ready()`."""
