package main

import (
	"log"

	"example.com/web"
)

func main() {
	log.Fatal(web.ListenAndServe(":8080"))
}
