{
    "name": "Chaos in the processes of the connector",
    "version": "19.0.1.0.0",
    "author": "Lightspeed Exact Connector",
    "license": "LGPL-3",
    "depends": ["base"],
    "installable": False,
}
