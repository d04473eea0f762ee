package resolve

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"
)

// jsonWords says what is wrong with a file in the words of JSON, where encoding/json has those of Go. whole is what the file is
// called.
func jsonWords(err error, whole string) string {
	var kind *json.UnmarshalTypeError
	var at *time.ParseError
	if errors.As(err, &kind) {
		field := kind.Field
		if field == "" {
			field = whole
		}
		return field + " must be " + kindWords(kind.Type)
	}
	if errors.As(err, &at) || strings.HasPrefix(err.Error(), "Time.UnmarshalJSON:") {
		return "a time must look like 2026-08-20T00:00:00Z"
	}
	return err.Error()
}

// kindWords is what JSON calls a value that goes into the type.
func kindWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	}
	return "a whole number"
}

// lineOf is the line of an error of encoding/json: the last one where it does not say.
func lineOf(text []byte, err error) int {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(len(text))
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	} else if errors.As(err, &kind) {
		offset = kind.Offset
	}
	return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))
}
