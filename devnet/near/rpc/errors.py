"""Errors in nearcore's three shapes. Source: nearcore `chain/jsonrpc-primitives/src/errors.rs`."""

from typing import Any

NO_INFO: Any = object()


class RpcError(Exception):
    """An answer that is an error. `http_status` is what nearcore's server answers with."""

    def __init__(self, error: dict[str, Any], http_status: int = 200) -> None:
        super().__init__(str(error.get("data")))
        self.error = error
        self.http_status = http_status


def handler_error(cause: str, data: Any, info: Any = NO_INFO, http_status: int = 200) -> RpcError:
    """The request was understood but cannot be met."""
    return RpcError(
        _error("HANDLER_ERROR", cause, {} if info is NO_INFO else info, -32000, "Server error", data), http_status
    )


def timeout_error() -> RpcError:
    """The node waited in vain. The cause has no `info`."""
    error = _error("HANDLER_ERROR", "TIMEOUT_ERROR", None, -32000, "Server error", "Timeout")
    del error["cause"]["info"]
    return RpcError(error, 408)


def parse_error(message: str) -> RpcError:
    """The parameters make no sense."""
    info = {"error_message": message}
    return RpcError(_error("REQUEST_VALIDATION_ERROR", "PARSE_ERROR", info, -32700, "Parse error", message), 400)


def method_not_found(method: str) -> RpcError:
    info = {"method_name": method}
    return RpcError(
        _error("REQUEST_VALIDATION_ERROR", "METHOD_NOT_FOUND", info, -32601, "Method not found", method), 400
    )


def internal_error(message: str) -> RpcError:
    """A bug of the devnet, or a fault that was asked for."""
    info = {"error_message": message}
    return RpcError(_error("INTERNAL_ERROR", "INTERNAL_ERROR", info, -32000, "Server error", message), 500)


def unknown_block(reference: Any) -> RpcError:
    """No such block: never made, skipped, or too old. HTTP 422, as nearcore answers."""
    kind = "HEADER" if isinstance(reference, str) else "HEIGHT"
    cause = "" if isinstance(reference, str) else " \n Cause: Unknown"
    return handler_error("UNKNOWN_BLOCK", f"DB Not Found Error: BLOCK {kind}: {reference}{cause}", http_status=422)


def _error(name: str, cause: str, info: Any, code: int, message: str, data: Any) -> dict[str, Any]:
    return {
        "name": name,
        "cause": {"name": cause, "info": info},
        "code": code,
        "message": message,
        "data": data,
    }
