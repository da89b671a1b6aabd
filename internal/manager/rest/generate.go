package rest

//go:generate go run ./gen ../../..
