"""What is asked of a model: everything that alters or measures one."""
