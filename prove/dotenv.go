package prove

import (
	"bytes"
	"errors"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

// Env is what Compose reads in a .env file, with no environment around it: the Env of an Input. An error means that Compose
// refuses the file, and holds none of its values.
func Env(text []byte) (map[string]string, error) {
	values, err := dotenv.ParseWithLookup(bytes.NewReader(text), nil)
	if err != nil {
		return nil, errEnv
	}
	return values, nil
}

var errEnv = errors.New("the .env file is not one that Compose reads")
