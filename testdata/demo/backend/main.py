import os

from fastapi import FastAPI

app = FastAPI(title="shop")


@app.get("/health")
def health():
    return {"status": "ok"}


@app.get("/")
def index():
    return {"database": bool(os.environ.get("DATABASE_URL"))}
