package prove

import (
	"io"
	"sync"

	"github.com/sirupsen/logrus"
)

// muted counts the loads under way. compose-go warns through the logger of logrus, which belongs to the whole process:
// it is silent while a Compose file is loaded, and gets its output back after the last load.
var muted struct {
	sync.Mutex
	loads  int
	output io.Writer
}

// silence mutes logrus and gives the function that undoes it.
func silence() (restore func()) {
	muted.Lock()
	defer muted.Unlock()
	if muted.loads++; muted.loads == 1 {
		muted.output = logrus.StandardLogger().Out
		logrus.SetOutput(io.Discard)
	}
	return func() {
		muted.Lock()
		defer muted.Unlock()
		if muted.loads--; muted.loads == 0 {
			logrus.SetOutput(muted.output)
		}
	}
}
