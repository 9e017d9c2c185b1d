/// Makes functions without arguments the contract's methods: `export! { name => path; ... }`.
///
/// On wasm32 each becomes an exported symbol. Natively they become `dispatch(method)` instead, for one because some
/// names (`remove`) are the C library's.
#[macro_export]
macro_rules! export {
    ($($name:ident => $path:path;)+) => {
        #[cfg(target_arch = "wasm32")]
        mod exported {
            use super::*;

            $(#[no_mangle]
            pub extern "C" fn $name() {
                $path()
            })+
        }

        /// Runs the method of this name, as a node would.
        #[cfg(not(target_arch = "wasm32"))]
        pub fn dispatch(method: &str) {
            match method {
                $(stringify!($name) => $path(),)+
                _ => panic!("no method {method}"),
            }
        }
    };
}
