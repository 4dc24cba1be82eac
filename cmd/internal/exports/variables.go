package exports

import (
	"strings"

	"github.com/tallystick/tallystick/contract"
)

// Server is what a client has to know of a server.
type Server struct {
	URL         string // base URL, without / at its end
	Project     string // id, as it stands in paths
	ProjectName string // "" where the token service is to be asked with the id
	Region      string
	Token       string // "" for none; else it wins over User
	User        string
	Password    string
	Domain      string
	AccessKey   string // "" for none; else it wins over Token and User
	SecretKey   string
	CA          string // file with the certificates to trust; "" for those of the system
}

// tokenPath is where clients ask for tokens, below the URL that they are given.
const tokenPath = "/auth/tokens"

// Variables are those that clients of a service read: tally itself, the command line and the SDK of OpenStack with
// otcextensions, the SDKs of Huawei Cloud and its Terraform provider. Paths come from the contract; what it has no
// path for is left out.
func Variables(c *contract.Contract, s Server) []Variable {
	var out []Variable
	add := func(name, value string) {
		if value != "" {
			out = append(out, Variable{name, value})
		}
	}
	s.tally(add)
	if identity, ok := identityPath(c); ok {
		add("OS_AUTH_URL", s.URL+identity)
		add("HW_AUTH_URL", s.URL+identity)
		add("HUAWEICLOUD_SDK_IAM_ENDPOINT", s.URL)
	}
	endpoint := ""
	if root := root(c); root != "" {
		endpoint = s.URL + root + s.Project
	}
	s.openStack(add, endpoint)
	s.huawei(add)
	if product := product(c); product != "" {
		add("OS_"+product+version(c)+"_ENDPOINT_OVERRIDE", endpoint)
		add("HUAWEICLOUD_SDK_REGION_"+product+"_"+capitals(s.Region), s.URL)
	}
	return out
}

// product is the name of the service in variables: the word that the title of its contract begins with; "" for a
// contract without a title.
func product(c *contract.Contract) string {
	word, _, _ := strings.Cut(strings.TrimSpace(c.Title), " ")
	return capitals(word)
}

// version is that of the service in variables, as its paths have it; "" when they have none.
func version(c *contract.Contract) string {
	segments := strings.Split(strings.Trim(root(c), "/"), "/")
	return capitals(segments[len(segments)-1])
}

// capitals makes a part of a variable's name: letters of ASCII, digits and _.
func capitals(text string) string {
	return strings.Map(func(r rune) rune {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return '_'
		}
		return r
	}, strings.ToUpper(text))
}

// identityPath is the part of the token service's path that comes before what clients add.
func identityPath(c *contract.Contract) (string, bool) {
	for _, op := range c.Operations() {
		if path, ok := strings.CutSuffix(op.Path, tokenPath); ok {
			return path, true
		}
	}
	return "", false
}

// root is what the paths of a tenant's resources begin with; "" when there are none.
func root(c *contract.Contract) string {
	for _, op := range c.Operations() {
		if op.Effect == nil || op.Effect.Tenant == "" {
			continue
		}
		if before, _, ok := strings.Cut(op.Path, "{"+op.Effect.Tenant+"}"); ok {
			return before
		}
	}
	return ""
}

func (s Server) tally(add func(name, value string)) {
	add("TALLY_TARGET", s.URL)
	add("TALLY_PROJECT", s.Project)
	switch {
	case s.AccessKey != "":
		add("TALLY_AK", s.AccessKey)
		add("TALLY_SK", s.SecretKey)
	case s.Token != "":
		add("TALLY_TOKEN", s.Token)
	default:
		add("TALLY_USER", s.User)
		add("TALLY_PASSWORD", s.Password)
		add("TALLY_DOMAIN", s.Domain)
	}
}

// openStack is for clients that know no access keys. The endpoint ("" for none) is given, because a catalog has it for its own
// region only.
func (s Server) openStack(add func(name, value string), endpoint string) {
	switch {
	case s.User != "":
		add("OS_AUTH_TYPE", "password")
		add("OS_USERNAME", s.User)
		add("OS_PASSWORD", s.Password)
		add("OS_USER_DOMAIN_NAME", s.Domain)
		if s.ProjectName != "" {
			add("OS_PROJECT_NAME", s.ProjectName)
			add("OS_PROJECT_DOMAIN_NAME", s.Domain)
		} else {
			add("OS_PROJECT_ID", s.Project)
		}
	case s.Token != "":
		add("OS_AUTH_TYPE", "admin_token") // takes the token as it is
		add("OS_TOKEN", s.Token)
		add("OS_ENDPOINT", endpoint)
	}
	add("OS_IDENTITY_API_VERSION", "3")
	add("OS_REGION_NAME", s.Region)
	add("OS_CACERT", s.CA) // the Terraform provider reads it too
}

func (s Server) huawei(add func(name, value string)) {
	add("HW_REGION_NAME", s.Region)
	add("HW_PROJECT_ID", s.Project)
	add("HW_PROJECT_NAME", s.ProjectName)
	add("HW_DOMAIN_NAME", s.Domain)
	add("HUAWEICLOUD_SDK_PROJECT_ID", s.Project)
	switch {
	case s.AccessKey != "":
		add("HW_ACCESS_KEY", s.AccessKey)
		add("HW_SECRET_KEY", s.SecretKey)
		add("HUAWEICLOUD_SDK_AK", s.AccessKey)
		add("HUAWEICLOUD_SDK_SK", s.SecretKey)
	case s.Token != "":
		add("HW_AUTH_TOKEN", s.Token)
	default:
		add("HW_USER_NAME", s.User)
		add("HW_USER_PASSWORD", s.Password)
	}
}
