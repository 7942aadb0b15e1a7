"""The version of the wheel and of the npm package."""

VERSION = "0.1.0"
