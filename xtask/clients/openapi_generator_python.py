"""Makes every JSON call with a client of OpenAPI Generator in Python.

Usage: openapi_generator_python.py PROGRAM DOCUMENT DIRECTORY
"""

import inspect
import sys

import calls

sys.path.insert(0, sys.argv[3])
import openapi_client  # noqa: E402

APIS = [getattr(openapi_client, name) for name in dir(openapi_client) if name.endswith("Api")]


def without_unset(model, body):
    """Forgets the members that the body does not have: a program would not have named them, but `from_dict` does."""
    for name, field in type(model).model_fields.items():
        alias = field.alias or name
        value = getattr(model, name)
        if alias not in body:
            model.__pydantic_fields_set__.discard(name)
        elif hasattr(type(value), "model_fields") and isinstance(body[alias], dict):
            without_unset(getattr(value, "actual_instance", value), body[alias])
    return model


def call(address, request):
    configuration = openapi_client.Configuration(host=address, access_token=request.get("key"))
    client = openapi_client.ApiClient(configuration, cookie=request.get("cookie"))
    name = request["id"].replace(".", "_")
    api = next(api for api in APIS if hasattr(api, name))
    operation = getattr(api(client), f"{name}_with_http_info")
    parameters = inspect.signature(operation).parameters
    arguments = {
        name if name in parameters else f"var_{name}": value
        for name, value in (request["path"] | request["query"]).items()
    }
    for parameter in parameters:
        if parameter.endswith("_body") and request["body"] is not None:
            model = getattr(openapi_client, "".join(word.capitalize() for word in parameter.split("_")))
            arguments[parameter] = without_unset(model.from_dict(request["body"]), request["body"])
    response = operation(**arguments)
    return response.status_code, response.data


calls.make(call)
