from . import test_access, test_arguments, test_groups
